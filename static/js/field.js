// Forms filled in where there is no network: what is typed and photographed stays on this device until the bank has it.
(() => {
  "use strict";
  const doc = document, all = (selector, base = doc) => [...base.querySelectorAll(selector)];
  const owner = doc.querySelector("[data-owner]")?.dataset.owner, token = doc.querySelector("[name=csrfmiddlewaretoken]")?.value;
  let here, busy, arrived;

  // A draft's key begins with the person's, so that nobody else on this device sees or sends it.
  const box = act => new Promise((done, fail) => {
    const asked = indexedDB.open("field", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("drafts", { keyPath: "key" });
    asked.onerror = fail;
    asked.onsuccess = () => {
      const work = asked.result.transaction("drafts", "readwrite"), got = act(work.objectStore("drafts"));
      work.onabort = fail;
      work.oncomplete = () => { asked.result.close(); done(got.result); };
    };
  });
  const keyOf = name => owner + "/" + name, read = key => box(s => s.get(key)), write = draft => box(s => s.put(draft)), drop = key => box(s => s.delete(key));
  const mine = async () => (await box(s => s.getAll())).filter(draft => draft.key.startsWith(keyOf("")));

  async function tell() {
    all("[data-offline]").forEach(one => { one.hidden = navigator.onLine; });
    const drafts = await mine();
    all("[data-kept]").forEach(one => {
      const draft = drafts.find(each => each.key === keyOf(one.dataset.kept));
      one.hidden = !draft;
      if (draft) one.lastChild.textContent = draft.words || "Kept on this device" + (draft.ready ? ", sent when the network is back" : "");
    });
  }

  // What the browser cannot read goes as it is: the bank says what is wrong with it.
  async function small(file) {
    if (file.size < 1e6) return file;
    try {
      const picture = await createImageBitmap(file), share = Math.min(1, 2048 / Math.max(picture.width, picture.height)), canvas = doc.createElement("canvas");
      canvas.width = picture.width * share;
      canvas.height = picture.height * share;
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return new File([await new Promise(done => canvas.toBlob(done, "image/jpeg"))], "photo.jpg");
    } catch { return file; }
  }

  async function take(form) {
    const names = form.elements, photos = names.photos, locate = form.querySelector("[data-locate]"), sends = "send" in form.dataset;
    const key = keyOf(form.dataset.draft), begun = await read(key), draft = begun || { key, url: location.pathname, files: [] };
    here = { form, key };
    async function keep(ready) {
      if (!draft.at && sends) names.client_key.value = crypto.randomUUID();
      Object.assign(draft, { at: Date.now(), ready, words: "", fields: [...new FormData(form)].filter(([name]) => name !== "photos") });
      await write(draft);
      tell();
    }
    function show() {
      const bag = new DataTransfer();
      draft.files.forEach(file => bag.items.add(file));
      photos.files = bag.files;
      form.querySelector("[data-photos]").replaceChildren(...draft.files.map((file, at) => {
        const off = doc.createElement("button");
        off.type = "button";
        off.className = "btn slim";
        off.textContent = `Remove photo ${at + 1}, ${file.name}`;
        off.onclick = () => { draft.files.splice(at, 1); show(); keep(); };
        return off;
      }));
    }
    if (begun) {
      if (!form.querySelector("[aria-invalid]")) all("[name]", form).forEach(one => {
        const values = draft.fields.filter(([name]) => name === one.name).map(([, value]) => value);
        if (/^(radio|checkbox)$/.test(one.type)) one.checked = values.includes(one.value);
        else if (values.length && !/^(after|csrf)/.test(one.name)) one.value = values[0];
      });
      show();
      form.dispatchEvent(new Event("change", { bubbles: true }));
    }
    form.oninput = event => event.target !== photos && keep();
    photos.onchange = async () => {
      for (const file of [...photos.files]) draft.files.push(sends ? await small(file) : file);
      show();
      keep();
    };
    if (sends) form.onsubmit = async event => {
      event.preventDefault();
      form.inert = true;
      await keep(true);
      deliver();
    };
    if (navigator.geolocation) locate.hidden = false;
    locate.onclick = () => navigator.geolocation.getCurrentPosition(({ coords }) => {
      names.latitude.value = coords.latitude.toFixed(6);
      names.longitude.value = coords.longitude.toFixed(6);
      names.accuracy.value = Math.round(coords.accuracy);
      keep();
    }, () => { locate.textContent = "The device does not tell its place"; }, { enableHighAccuracy: true, timeout: 15000 });
  }

  async function send(draft) {
    const body = new FormData();
    draft.fields.forEach(([name, value]) => body.append(name, value));
    draft.files.forEach(file => body.append("photos", file));
    body.set("csrfmiddlewaretoken", token);
    let answer, told = {};
    try {
      answer = await fetch(draft.url, { method: "POST", body, redirect: "manual", headers: { Accept: "application/json" } });
      told = await answer.json();
    } catch { /* no network, or no answer of ours */ }
    if (told.kept) {
      arrived = told.kept;
      return drop(draft.key);
    }
    draft.ready = !told.words;
    draft.words = told.words || (answer && "Not sent yet, and kept on this device. Sign in again if you were signed out.");
    return write(draft);
  }

  async function deliver() {
    if (busy || !owner) return;
    busy = true;
    for (const draft of await mine()) if (draft.ready) await send(draft);
    busy = false;
    if (here) here.form.inert = false;
    if (arrived && !(here && await read(here.key))) location.assign(arrived);
    tell();
  }

  // An inspector's pages for where there is no network, replaced as a whole.
  async function lay(marks) {
    await navigator.serviceWorker.register(marks.dataset.worker);
    const wanted = [location.href, ...all("[data-keep],link[href],script[src]").map(one => one.href || one.src)];
    const pages = await Promise.all(wanted.map(address => fetch(address)));
    await caches.delete("stops");
    const shelf = await caches.open("stops");
    await Promise.all(pages.map((page, at) => page.ok && !page.redirected && shelf.put(wanted[at], page)));
    marks.dataset.laid = "";
  }

  all("[data-sent]").forEach(one => drop(keyOf(one.dataset.sent)));
  Promise.all(all("[data-draft]").map(take)).then(deliver);
  addEventListener("online", deliver);
  addEventListener("offline", tell);
  setInterval(deliver, 20000);
  all("[data-worker]").forEach(marks => lay(marks).catch(() => {}));
})();
