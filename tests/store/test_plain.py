import duckdb

from workbench.store.plain import plain, plain_rows


def test_every_kind_of_value_becomes_one_that_json_has() -> None:
    sql = """select timestamptz '2026-01-02 03:04:05+00' t, date '2026-01-02' d, 1.50::decimal(9,2) m, 'ab'::blob b,
        interval 90 second i, 'nan'::double n, {'a': [timestamp '2026-01-01']} s, '{"x": [1]}'::json j,
        'c0ffee00-0000-7000-8000-000000000000'::uuid u, null::json z, time '01:02:03' h"""
    with duckdb.connect(":memory:") as connection:
        connection.execute("set timezone = 'UTC'")
        found = connection.execute(sql)
        (row,) = plain_rows([str(d[1]) for d in found.description or []], found.fetchall())
    assert row == [
        "2026-01-02T03:04:05+00:00",
        "2026-01-02",
        1.5,
        "6162",
        90.0,
        None,
        {"a": ["2026-01-01T00:00:00"]},
        {"x": [1]},
        "c0ffee00-0000-7000-8000-000000000000",
        None,
        "01:02:03",
    ]


def test_text_and_numbers_are_left_as_they_are() -> None:
    assert [plain(v) for v in ("a", 1, True, None, 0.5)] == ["a", 1, True, None, 0.5]
