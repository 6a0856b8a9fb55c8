"""Settings: unknown names and bad values are told in one sentence, and the key never shows."""

import pytest

from llmdas.config import settings_from
from llmdas.errors import ConfigError


def test_options_win_over_the_environment_and_none_means_not_given():
    settings = settings_from({"LLMDAS_DETECTOR": "pca", "LLMDAS_SEED": "4"}, {"detector": "ecod", "seed": None})
    assert (settings.detector, settings.seed) == ("ecod", 4)


def test_an_empty_variable_means_not_given():
    assert settings_from({"LLMDAS_LABEL": "", "LLMDAS_DATA": ""}, {}).label is None


def test_a_misspelt_variable_is_told_with_the_nearest_name():
    with pytest.raises(ConfigError, match=r"LLMDAS_DETECTR.*LLMDAS_DETECTOR"):
        settings_from({"LLMDAS_DETECTR": "pca"}, {})


def test_the_sandbox_s_own_variable_is_not_ours():
    assert settings_from({"LLMDAS_CACHE": "somewhere"}, {}).detector == "iforest"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROGRAMS", "0"),
        ("PROGRAMS", "many"),
        ("ATTEMPTS", "99"),
        ("SEED", "-1"),
        ("RATIO", "0"),
        ("LLM", "gpt"),
        ("SANDBOX", "none"),
    ],
)
def test_a_bad_value_names_setting_and_value(name, value):
    with pytest.raises(ConfigError, match=f"{name.lower()}.*{value}"):
        settings_from({f"LLMDAS_{name}": value}, {})


def test_there_is_no_unsandboxed_choice():
    for word in ("none", "off", "local", "unsafe", "host", "subprocess"):
        with pytest.raises(ConfigError):
            settings_from({}, {"sandbox": word})


def test_the_key_shows_nowhere():
    settings = settings_from({"OPENAI_API_KEY": "sk-canary-123456"}, {})
    assert settings.backend == "openai"
    for shown in (repr(settings), str(settings), settings.model_dump_json(exclude={"api_key"})):
        assert "canary" not in shown


def test_replay_is_the_default_without_key_and_endpoint():
    assert settings_from({}, {}).backend == "replay"
    assert settings_from({}, {"base_url": "http://127.0.0.1:1/v1"}).backend == "openai"
    assert settings_from({"OPENAI_API_KEY": "k"}, {"llm": "replay"}).backend == "replay"


def test_further_hosts_come_as_a_list():
    assert settings_from({"LLMDAS_ALLOW_HOSTS": "a.example, b.example"}, {}).allow_hosts == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"preset": "regulated", "level": "warm"}, "preset regulated does not permit the level warm"),
        ({"sandbox": "bubblewrap", "level": "vm"}, "bubblewrap has no level vm"),
        ({"label": "y"}, "The label 'y' is given without data"),
    ],
)
def test_settings_that_contradict_each_other_are_one_sentence(options, said):
    with pytest.raises(ConfigError, match=said):
        settings_from({}, options)


def test_level_is_the_presets_unless_it_is_named():
    assert settings_from({"LLMDAS_PRESET": "regulated"}, {}).level is None
    assert settings_from({"LLMDAS_LEVEL": "vm"}, {}).level == "vm"
