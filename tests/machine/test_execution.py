from machine.execution import Execution, Fault, FaultKind


def test_faults_are_spelt_for_people() -> None:
    assert str(Fault(FaultKind.DIVISION_BY_ZERO, 3)) == "division by zero in bundle 3"
    assert [str(kind) for kind in FaultKind] == [
        "unknown engine",
        "too many slots",
        "unknown opcode",
        "wrong operands",
        "scratch address",
        "memory address",
        "division by zero",
        "negative pc",
        "cycle limit",
    ]


def test_no_kind_of_fault_is_0_which_stands_for_none_in_compiled_code() -> None:
    assert min(FaultKind) > 0


def test_an_execution_has_no_fault_unless_told() -> None:
    assert Execution(1, [], [], []).fault is None
