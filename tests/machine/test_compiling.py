from machine.compiling import compiled


def test_a_compiled_function_gives_what_the_plain_one_gives() -> None:
    def total(n: int) -> int:
        result = 0
        for number in range(n):
            result += number
        return result

    assert compiled(total)(1000) == total(1000)
