import pytest

from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter, Value


class Parent(Integration):
    api = Credential("token from your account.")
    flow = Credential("flow ID.")
    old = Parameter("old.")


class Child(Parent):
    offer = Parameter("offer ID.", required=False, default="7")
    old = None


def test_values_come_in_the_order_of_declaration_parents_first():
    assert list(Child.credentials()) == ["api", "flow"]
    assert list(Child.parameters()) == ["offer"]


def test_a_value_is_read_on_an_instance():
    given = Child({"api": "TOKEN-0001"}, {"offer": ""})
    assert (given.api, given.flow, given.offer) == ("TOKEN-0001", "", "7")


def test_a_value_is_itself_on_the_class():
    assert isinstance(Child.api, Value)


def test_a_slot_gives_the_label_and_says_whether_it_is_secret():
    labels = {name: (str(value.label), value.secret) for name, value in Child.credentials().items()}
    assert labels == {"api": ("API", True), "flow": ("Flow", False)}


def test_a_label_falls_back_to_the_help():
    assert str(Child.offer.label) == "Offer ID"


def test_secrets_are_the_filled_secret_values():
    assert Child({"api": "TOKEN-0001", "flow": "5"}).secrets == ["TOKEN-0001"]
    assert Child().secrets == []


def named(value):
    value.__set_name__(None, "value")
    return value


@pytest.mark.parametrize(("raw", "cleaned"), [(" x ", "x"), (5, "5"), ("a b", "a b")])
def test_clean_gives_the_value_as_it_will_be_used(raw, cleaned):
    assert named(Parameter("x")).clean(raw) == cleaned


@pytest.mark.parametrize("raw", [None, "", "  "])
def test_a_required_value_has_to_be_given(raw):
    with pytest.raises(ValueError, match="required"):
        named(Parameter("x")).clean(raw)


@pytest.mark.parametrize("value", [Parameter("x", required=False), Parameter("x", default="7")])
def test_an_optional_or_preset_value_may_be_empty(value):
    assert named(value).clean("") == ""


@pytest.mark.parametrize("raw", ["a\nb", "a\x00b", "a\ufeffb", "a\u2028b"])
def test_invisible_characters_are_told(raw):
    with pytest.raises(ValueError, match="invisible"):
        named(Parameter("x")).clean(raw)


def test_a_choice_has_to_be_one_of_the_list():
    value = named(Parameter("x", choices=[("v1", "One"), ("v2", "Two")]))
    assert value.clean("v2") == "v2"
    with pytest.raises(ValueError, match="v1, v2"):
        value.clean("v3")


def test_a_pattern_is_told_with_its_example():
    value = named(Parameter("x", pattern=r"\d+", example="12345"))
    assert value.clean("77") == "77"
    with pytest.raises(ValueError, match="12345"):
        value.clean("77a")


def test_a_pattern_without_an_example_is_told_too():
    with pytest.raises(ValueError, match="copy it"):
        named(Parameter("x", pattern=r"\d+")).clean("a")
