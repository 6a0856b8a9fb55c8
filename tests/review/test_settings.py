"""The repository's settings: found above, resolved beside the file, and never half-understood."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmdas.errors import ConfigError
from llmdas.review.settings import CheckSettings, settings_near

TABLE = (
    '[tool.llmdas.check]\nprofile = "torch"\ncontract = "das/paper"\nbaseline = "known.json"\nwaivers = "sub/w.yaml"\n'
)


def test_the_nearest_file_counts_and_its_files_lie_beside_it(tmp_path):
    (tmp_path / "pyproject.toml").write_text(TABLE)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    expected = CheckSettings(
        profile="torch",
        contract="das/paper",
        baseline=tmp_path / "known.json",
        waivers=tmp_path / "sub" / "w.yaml",
    )
    assert settings_near(tmp_path) == settings_near(below) == expected
    (tmp_path / "a" / "pyproject.toml").write_text("")
    assert settings_near(below) == CheckSettings()


@pytest.mark.parametrize("name", ["our-team.yaml", "sub/team.yml", "./team"])
def test_a_policy_file_lies_beside_the_settings_and_a_profile_does_not(tmp_path, name):
    (tmp_path / "pyproject.toml").write_text(f"[tool.llmdas.check]\nprofile = '{name}'\n")
    assert settings_near(tmp_path).profile == str(tmp_path / name)
    assert settings_near(tmp_path).file == tmp_path / "pyproject.toml"


def test_the_search_ends_at_the_root_of_the_repository(tmp_path):
    (tmp_path / "pyproject.toml").write_text(TABLE)
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    assert settings_near(repository) == CheckSettings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[tool.llmdas.check]\nprofil = 'numpy'\n",
            "the unknown key 'profil'.*keys are profile, contract, baseline, waivers",
        ),
        ("[tool.llmdas.check]\nprofile = 3\n", "the key 'profile' a value that is no text"),
        ("[tool.llmdas.chek]\nprofile = 'numpy'\n", "`check` and nothing else"),
        ("[tool.llmdas]\ncheck = 'numpy'\n", "`check` and nothing else"),
        ("[tool]\nllmdas = 'numpy'\n", "`check` and nothing else"),
        ("tool = 3\n", None),
        ("[tool.ruff]\nline-length = 100\n", None),
        ("[tool.llmdas.check\n", "not TOML"),
        ("x = " + "[" * 5000, "not TOML"),
        ("x = 1\x00", "not TOML"),
    ],
)
def test_what_is_not_understood_is_one_sentence(tmp_path, text, said):
    (tmp_path / "pyproject.toml").write_text(text)
    if said is None:
        assert settings_near(tmp_path) == CheckSettings()
    else:
        with pytest.raises(ConfigError, match=said):
            settings_near(tmp_path)


def test_a_file_that_is_not_utf_8_is_one_sentence(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        settings_near(tmp_path)


@given(text=st.text(alphabet="[]{}=.,'\"\n \\#tolmdas.check1-:", max_size=60), prefix=st.sampled_from(["", TABLE]))
def test_no_text_is_more_than_a_sentence(tmp_path_factory, text, prefix):
    folder = tmp_path_factory.mktemp("toml")
    (folder / "pyproject.toml").write_text(prefix + text)
    with contextlib.suppress(ConfigError):
        assert isinstance(settings_near(folder), CheckSettings)
