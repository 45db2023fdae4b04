// What is written stays on this device until the bank has it.
(async () => {
  "use strict";
  const doc = document, all = (selector, base = doc) => [...base.querySelectorAll(selector)];
  const owner = doc.querySelector("[data-owner]")?.dataset.owner;
  let here, busy, arrived, away, full, newer, drafts;

  const keyOf = name => `/drafts/${owner}/${name}`;
  const write = (key, draft, to, ready, words = "") => drafts.put(key, new Response(draft, { headers: { to, ready, words: encodeURI(words) } })).then(() => full = 0, () => full = 1);

  async function tell() {
    all("[data-offline]").forEach(one => { one.hidden = navigator.onLine && !away; });
    drafts ||= await caches.open("drafts");
    for (const one of all("[data-kept]")) {
      const kept = (await drafts.match(keyOf(one.dataset.kept)))?.headers;
      one.hidden = !kept && !full;
      if (full || kept) one.lastChild.textContent = full ? "This device is full: send this now" : decodeURI(kept.get("words")) || "Kept on this device" + (kept.get("ready") ? ", sent when the network is back" : "");
    }
  }

  async function small(file) {
    if (file.size < 1e6) return file;
    try {
      const picture = await createImageBitmap(file), share = Math.min(1, 2048 / Math.max(picture.width, picture.height)), canvas = doc.createElement("canvas");
      Object.assign(canvas, { width: picture.width * share, height: picture.height * share });
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = await new Promise(done => canvas.toBlob(done, "image/jpeg")), head = new DataView(await file.slice(2, 6).arrayBuffer());
      return new File([made.slice(0, 2), ...head.getUint16() === 0xffe1 ? [Uint8Array.of(255, 235), file.slice(4, 4 + head.getUint16(2))] : [], made.slice(2)], "photo.jpg");
    } catch { return file; }
  }

  async function take(form) {
    const names = form.elements, { photos, earlier, client_key } = names, locate = form.querySelector("[data-locate]"), sends = "send" in form.dataset;
    const key = keyOf(form.dataset.draft);
    let begun = await (await drafts.match(key))?.formData(), files = begun?.getAll("photos") || [];
    here = { form, key };
    async function keep(ready = "") {
      newer = 1;
      if (ready) { earlier.value += " " + client_key.value; client_key.value = crypto.randomUUID(); }
      begun = new FormData(form);
      begun.delete("photos");
      files.forEach(file => begun.append("photos", file));
      await write(key, begun, location.pathname, ready);
      tell();
    }
    function show() {
      const bag = new DataTransfer();
      files.forEach(file => bag.items.add(file));
      photos.files = bag.files;
      form.querySelector("[data-photos]").replaceChildren(...files.map((file, at) => Object.assign(doc.createElement("button"), {
        type: "button", className: "btn slim", textContent: `Remove photo ${at + 1}, ${file.name}`,
        onclick: () => { files.splice(at, 1); show(); keep(); },
      })));
    }
    if (begun) {
      if (!form.querySelector("[aria-invalid]")) all("[name]", form).forEach(one => {
        const values = begun.getAll(one.name);
        if (/^(radio|checkbox)$/.test(one.type)) one.checked = values.includes(one.value);
        else if (values.length && !/^(after|csrf|photos)/.test(one.name)) one.value = values[0];
      });
      show();
      form.dispatchEvent(new Event("change", { bubbles: true }));
    }
    form.oninput = event => event.target !== photos && keep();
    photos.onchange = async () => {
      for (const file of [...photos.files]) files.push(sends ? await small(file) : file);
      show();
      keep();
    };
    if (sends) form.onsubmit = async event => {
      event.preventDefault();
      form.inert = true;
      await keep("1");
      if (full) await send(key, begun, location.pathname);
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

  async function send(key, draft, to) {
    let answer, told = {};
    newer = 0;
    draft.set("csrfmiddlewaretoken", doc.querySelector("[name=csrfmiddlewaretoken]").value);
    try {
      answer = await fetch(to, { method: "POST", body: draft, redirect: "manual", headers: { Accept: "application/json" } });
      told = await answer.json();
    } catch {}
    away = !answer;
    if (newer) return;
    arrived = told.kept || arrived;
    if (told.kept) return drafts.delete(key);
    return write(key, draft, to, told.words ? "" : "1", told.words || (answer && "Not sent yet. Sign in again if you were signed out."));
  }

  async function deliver() {
    if (busy) return;
    busy = true;
    for (const { url } of await drafts.keys()) {
      const kept = url.includes(keyOf("")) && await drafts.match(url);
      if (kept && kept.headers.get("ready")) await send(url, await kept.formData(), kept.headers.get("to"));
    }
    busy = false;
    if (here) here.form.inert = false;
    if (arrived && !(here && await drafts.match(here.key))) location.assign(arrived);
    tell();
  }

  async function lay(worker) {
    await navigator.serviceWorker.register(worker);
    (await navigator.serviceWorker.ready).active.postMessage([location.href, ...all("[data-keep],link[href],script[src]").map(one => one.href || one.src)]);
  }

  await tell();
  all("[data-sent]").forEach(one => drafts.delete(keyOf(one.dataset.sent)));
  for (const form of all("[data-draft]")) await take(form);
  deliver();
  addEventListener("online", deliver);
  addEventListener("offline", tell);
  setInterval(deliver, 5000);
  all("[data-worker]").forEach(one => lay(one.dataset.worker).catch(() => {}));
})();
