from search.scratch.lifetimes import find_lifetimes
from search.scratch.scratch_map import scratch_map
from tests.search.problems import SMALL_TREE, candidate_of


def test_of_buffers_that_share_words_the_longest_lived_gives_the_name() -> None:
    _, candidate = candidate_of(SMALL_TREE)
    lifetimes = find_lifetimes(candidate.prepared.flat, candidate.decision.schedule)
    addresses = candidate.decision.addresses.tolist()
    graph = candidate.prepared.graph
    found = scratch_map(graph, addresses, lifetimes)
    used = [buffer for buffer in graph.buffers if addresses[buffer.number] >= 0]
    longest = max(used, key=lambda buffer: lifetimes.ends[buffer.number] - lifetimes.starts[buffer.number])
    assert found[addresses[longest.number]] == (longest.name, longest.words)
    named = {word for address, (_, words) in found.items() for word in range(address, address + words)}
    for buffer in used:
        assert named & set(range(addresses[buffer.number], addresses[buffer.number] + buffer.words))
