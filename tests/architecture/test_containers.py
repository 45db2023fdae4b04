"""The house on real servers: what docker-compose.yml and the image promise, read as an engine would read them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.architecture.sources import ROOT

OURS = ("migrate", "web", "worker", "beat")
LASTING = ("postgres", "redis", "web", "worker", "beat")
SECRET = re.compile(r"(PASSWORD|SECRET|TOKEN|_KEYS?$)")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return compose["services"]


def environments(services: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(service, name, str(value)) for service, told in services.items() for name, value in told["environment"].items()]


def secrets_with_a_value(services: dict[str, Any]) -> list[str]:
    """Names whose value stands in the file, wholly or as what is taken when the environment has none. Nothing is no value."""
    return [
        f"{service}: {name}"
        for service, name, value in environments(services)
        if SECRET.search(name) and value not in (f"${{{name}:?}}", f"${{{name}:-}}")
    ]


class TestTheServices:
    def test_are_web_worker_beat_the_engines_and_a_migration(self, services: dict[str, Any]) -> None:
        assert set(services) == {"postgres", "redis", *OURS}

    @pytest.mark.parametrize("name", LASTING)
    def test_that_last_are_asked_for_their_health(self, services: dict[str, Any], name: str) -> None:
        check = services[name]["healthcheck"]
        assert check["test"][0] in ("CMD", "CMD-SHELL")
        assert {"interval", "timeout", "retries"} <= set(check)

    def test_run_as_users_who_are_not_root(self, services: dict[str, Any]) -> None:
        assert {name: told["user"].split(":")[0] for name, told in services.items()} == {
            "postgres": "postgres", "redis": "redis", **dict.fromkeys(OURS, "10001"),
        }  # fmt: skip

    @pytest.mark.parametrize("name", OURS)
    def test_cannot_write_to_their_image_nor_gain_rights(self, services: dict[str, Any], name: str) -> None:
        told = services[name]
        assert told["read_only"] is True
        assert told["cap_drop"] == ["ALL"]
        assert told["security_opt"] == ["no-new-privileges:true"]

    @pytest.mark.parametrize("name", ["web", "worker", "beat"])
    def test_wait_for_the_engines_and_for_the_tables(self, services: dict[str, Any], name: str) -> None:
        assert services[name]["depends_on"] == {
            "postgres": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }

    def test_show_only_the_web_server_and_only_to_this_machine(self, services: dict[str, Any]) -> None:
        assert {name: told["ports"] for name, told in services.items() if "ports" in told} == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}

    def test_keep_the_engines_where_nothing_outside_reaches_them(self, compose: dict[str, Any], services: dict[str, Any]) -> None:
        assert compose["networks"]["inside"] == {"internal": True}
        assert services["postgres"]["networks"] == services["redis"]["networks"] == ["inside"]

    def test_keep_redis_from_forgetting_messages(self, services: dict[str, Any]) -> None:
        command = services["redis"]["command"][-1]
        assert "appendonly yes" in command
        assert "maxmemory-policy noeviction" in command
        assert "requirepass" in command


class TestSecrets:
    def test_all_come_from_the_environment_and_none_has_a_default(self, services: dict[str, Any]) -> None:
        assert secrets_with_a_value(services) == []

    def test_would_be_found_if_one_stood_in_the_file(self) -> None:
        planted = {"web": {"environment": {"SECRET_KEY": "${SECRET_KEY:-change-me}", "LOG_LEVEL": "${LOG_LEVEL:-INFO}"}}}
        assert secrets_with_a_value(planted) == ["web: SECRET_KEY"]

    def test_in_addresses_come_from_the_environment_too(self, services: dict[str, Any]) -> None:
        engines = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
        addresses = [(service, value) for service, name, value in environments(services) if name in engines]
        assert addresses
        for service, value in addresses:
            assert re.search(r":\$\{[A-Z_]+_PASSWORD:\?\}@", value), (service, value)

    def test_of_the_owner_are_known_to_the_migration_alone(self, services: dict[str, Any]) -> None:
        told = {service for service, name, value in environments(services) if "OWNER" in name + value}
        assert told == {"postgres", "migrate"}
        assert services["migrate"]["environment"]["CREDENCE_DATABASE_ROLE"] == "owner"

    def test_that_production_asks_for_are_all_passed_on(self, services: dict[str, Any]) -> None:
        source = (ROOT / "config/settings/prod.py").read_text()
        asked = set(re.findall(r'env(?:\.list)?\("([A-Z_]+)"\)', source)) | set(
            re.findall(r'"((?:DATABASE|REDIS|CREDENCE)_[A-Z_]+)"[,)]', source)
        )
        asked -= {"CREDENCE_REQUIRE_MFA", "CREDENCE_REQUIRE_STEP_UP"}
        assert {"SECRET_KEY", "DATABASE_URL", "CREDENCE_FIELD_KEYS", "ALLOWED_HOSTS"} <= asked
        for name in OURS:
            assert asked <= set(services[name]["environment"]), name

    def test_do_not_reach_the_image(self) -> None:
        ignored = (ROOT / ".dockerignore").read_text().splitlines()
        assert {".env*", ".credence", ".git"} <= set(ignored)


class TestSettings:
    # What the image says itself, and what is the same in every container of this house.
    FIXED = frozenset({"CREDENCE_FILES", "CREDENCE_STATIC", "CREDENCE_APP_ROLE", "CREDENCE_BUREAU_FOLDER", "DEBUG"})
    OF_THE_MIGRATION = frozenset({"CREDENCE_DATABASE_ROLE", "DATABASE_OWNER_URL"})

    @pytest.mark.parametrize("name", OURS)
    def test_that_the_environment_may_change_are_passed_on(self, services: dict[str, Any], name: str) -> None:
        sources = [(ROOT / "config" / "settings" / f"{part}.py").read_text() for part in ("base", "jobs", "prod")]
        read = {found for source in sources for found in re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', source)}
        assert {"CREDENCE_COUNTRY", "SECURE_SSL_REDIRECT", "CREDENCE_SWEEP_MESSAGES"} <= read
        assert sorted(read - self.FIXED - self.OF_THE_MIGRATION - set(services[name]["environment"])) == []

    def test_that_nobody_changes_are_those_of_the_settings(self, services: dict[str, Any]) -> None:
        told = services["web"]["environment"]
        for name in (
            "CREDENCE_COUNTRY",
            "CREDENCE_DEVICE_DAYS",
            "CREDENCE_SAMPLE_DAYS",
            "CREDENCE_SWEEP_MESSAGES",
            "CREDENCE_BUREAU_SECONDS",
        ):
            default = re.search(r"-(.*)\}$", told[name])
            assert default is not None, name
            expected = settings.CREDENCE_COUNTRY if name == "CREDENCE_COUNTRY" else f"{getattr(settings, name):g}"
            assert default[1] == expected, name


class TestTheImage:
    def test_runs_as_a_user_without_a_name_for_root(self) -> None:
        users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        assert users == ["10001:10001"]

    def test_lets_its_user_read_the_static_files(self) -> None:
        assert "chmod -R a=rX static-collected" in (ROOT / "Dockerfile").read_text()

    def test_installs_what_is_pinned_and_nothing_else(self) -> None:
        installs = re.findall(r"pip install .*", (ROOT / "Dockerfile").read_text())
        assert len(installs) == 1
        assert "--require-hashes" in installs[0]
        assert "--no-deps" in installs[0]


class TestTheRoles:
    def test_are_made_without_rights_beyond_their_work(self) -> None:
        script = (ROOT / "docker/make-roles.sh").read_text()
        for role in ("credence_owner", "credence_app"):
            assert re.search(rf"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'", script)
        assert "CREATE DATABASE credence OWNER credence_owner" in script
