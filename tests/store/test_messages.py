from workbench.store.messages import parsed
from workbench.types import Image, Message, Text, ToolCall, ToolResult, assistant, system, user


def test_messages_come_back_as_they_were() -> None:
    messages = (
        system("be brief"),
        user("שלום 😀"),
        Message("user", (Text("what is this?"), Image("data:image/png;base64,AA=="))),
        Message("assistant", (Text(""), ToolCall("1", "add", '{"a": 1}'))),
        Message("tool", (ToolResult("1", "2"),)),
        assistant("two"),
    )
    assert parsed([m.as_json() for m in messages]) == messages
