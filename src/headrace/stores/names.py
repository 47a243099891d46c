"""Names for runs and logged models that their makers left unnamed: ``calm-heron-417``."""

from __future__ import annotations

import os

_ADJECTIVES = """
    able agile airy alert amber ample ardent astute azure balmy bold brave breezy bright brisk
    calm candid careful cheery chief civil clean clear clever coastal cool copper coral cosy
    crisp deft dapper daring deep dewy eager early easy elated even exact fair famed fast fine
    firm fleet fluent fond frank fresh gentle gifted glad golden grand green hale handy happy
    hardy hazel hearty honest humble ideal indigo ivory jade jolly joyful keen kind large late
    level light lively loyal lucid lucky lunar mellow merry mild misty modest neat nimble noble
    open pearly placid plucky polite prime proud quick quiet rapid ready regal robust rosy rural
    sandy serene sharp shiny silent silver sleek smooth snowy solar solid spry stable steady
    stout sunny sure swift tame tidy tough true upbeat urban valiant vast vivid warm wise witty
    young zesty
""".split()

_NOUNS = """
    alder alpaca aspen badger bay beacon bear beaver birch bison brook canyon cedar cliff cloud
    comet condor coral cove crane creek cricket curlew cypress dale deer delta dolphin dove dune
    eagle egret elk elm ember falcon fern ferret finch fir fjord flint forest fox gale gannet
    gecko geyser glade glacier grebe grove gull hare harbor hawk hazel heath heron hill hornet
    ibex ibis inlet isle jackdaw jaguar jay kestrel kite koala lagoon lake larch lark lemur
    linnet lizard llama lynx magpie maple marmot marsh marten meadow merlin mesa minnow mole
    moose moss newt oak oasis ocelot orca oriole osprey otter owl panda petrel pike pine plover
    pond poplar puffin quail rail raven reef ridge river robin rook salmon seal shore shrike
    shrew skua snipe sparrow spruce spring stoat stork stream swallow swan swift tapir teal tern
    thrush tiger trout tundra vale valley viper vole walrus weasel whale willow wolf wren yak
    yew zebra
""".split()


def two_word_name() -> str:
    """Return an adjective, a noun and a number below 1000, joined by ``-``.

    It draws from the system, not from `random`: a training script's seed neither fixes the name nor
    is disturbed by it.
    """
    rest = int.from_bytes(os.urandom(8))
    rest, adjective = divmod(rest, len(_ADJECTIVES))
    rest, noun = divmod(rest, len(_NOUNS))
    return f"{_ADJECTIVES[adjective]}-{_NOUNS[noun]}-{rest % 1000}"
