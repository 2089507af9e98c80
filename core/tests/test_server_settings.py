"""gunicorn's settings, which the worker stores as attributes of the configuration."""

from gunicorn.config import Config

from core.server.worker import keep_settings


def test_settings_keep_their_values_and_are_read_without_a_function_call(monkeypatch):
    cfg = Config()
    cfg.set("keepalive", 7)
    values = {name: getattr(cfg, name) for name in cfg.settings}
    keep_settings(cfg)
    monkeypatch.delattr(Config, "__getattr__")
    assert {name: getattr(cfg, name) for name in values} == values
    assert cfg.keepalive == 7
