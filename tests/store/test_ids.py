import threading
import uuid

from workbench.store.ids import Ids


def test_ids_sort_in_the_order_they_were_made() -> None:
    make = Ids()
    made = [make() for _ in range(5000)]
    assert made == sorted(set(made))


def test_an_id_is_a_uuid_of_version_7_that_carries_its_time() -> None:
    import time

    before = time.time_ns() // 1_000_000
    made = uuid.UUID(Ids()())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_threads_never_get_the_same_id() -> None:
    make = Ids()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.extend(make() for _ in range(500))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 4000
