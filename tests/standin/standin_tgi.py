"""A stand-in for text-generation-inference 3.3: its framing, its refusals and its faults.

As `kind="vllm"` or `"sglang"` it makes parallel native calls, and has `/v1/models` in place of `/info`; as
`kind="llamacpp"` it has the shapes of llama.cpp's server.

It has no model: a `Brain` says what to answer to each request body.
"""

import asyncio
import json
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import llamacpp_shapes as llamacpp
import openai_shapes
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

MODEL = "stand-in/tgi"
FINGERPRINT = "3.3.7-native"
SILENCE_LIMIT_S = 20.0
AROUND, AROUND_EACH = 26, 5
"""Tokens that a chat template like Llama 3's puts before a conversation, and around each message."""

FaultKind = Literal[
    "in_stream_error",  # HTTP 200, an error event after what was `shown`, then [DONE]
    "cut_off",  # the body ends, properly framed, after some pieces and without [DONE]
    "broken",  # the connection breaks in the middle of the body
    "no_done",  # a finish_reason, but no [DONE]
    "no_reason",  # [DONE], but neither a finish_reason nor a complete call
    "http",  # the status and error of the fault
    "not_json",  # a page, as a proxy would show it
    "silence",  # nothing at all, until the client leaves
]


@dataclass(frozen=True, slots=True)
class Text:
    """The model writes this."""

    text: str
    finish_reason: str = "stop"
    thought: str = ""
    """What a reasoning parser takes out: never TGI's, which has none."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The model wants these calls; TGI makes the first natively, guided JSON holds them all."""

    calls: Sequence[tuple[str, Mapping[str, object]]]


@dataclass(frozen=True, slots=True)
class RawCall:
    """One native call whose arguments come as exactly these pieces."""

    name: str
    pieces: Sequence[str]
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """The server fails; `text` is what it had written by then, or the error's message."""

    kind: FaultKind
    text: str = "some words first"
    status: int = 503
    error_type: str = "overloaded"
    shown: str = ""
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Exactly these bytes, each piece sent by itself."""

    pieces: Sequence[bytes]
    status: int = 200
    media_type: str = "text/event-stream"


Kind = Literal["tgi", "vllm", "sglang", "llamacpp"]
Reply = Text | Calls | RawCall | Raw | Fault
Brain = Callable[[dict[str, Any]], Reply]


class TgiStandIn:
    """The ASGI application and what it has seen: request bodies, and clients that left early."""

    def __init__(
        self,
        brain: Brain,
        *,
        api_key: str | None = None,
        token_delay_s: float = 0.0,
        first_token_s: float = 0.0,
        kind: Kind = "tgi",
    ) -> None:
        self.brain = brain
        self.kind: Kind = kind
        self.at_once = 0
        self.most_at_once = 0
        self.api_key = api_key
        self.token_delay_s = token_delay_s
        self.first_token_s = first_token_s
        self.url = ""
        self.max_input_tokens = 4095
        self.max_total_tokens = 4096
        self.is_loading = False
        self.served = [MODEL]
        """The names of its model, of which vLLM refuses any other."""
        self.slots = 4
        self.requests: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.cancelled = 0
        self.may_end = threading.Event()
        """Until it is set, no stream ends."""
        self.may_end.set()
        self._left = threading.Event()
        self._asked = threading.Event()
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/", self._generate, methods=["POST"]),
                Route("/generate", self._generate, methods=["POST"]),
                Route("/generate_stream", self._generate, methods=["POST"]),
                Route("/tokenize", self._tokenize, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/info", self._info),
                Route("/props", self._props),
                Route("/health", self._health),
            ]
        )

    def wait_asked(self, timeout_s: float = 5.0) -> bool:
        """Wait until a request has come."""
        return self._asked.wait(timeout_s)

    def wait_cancelled(self, timeout_s: float = 5.0) -> bool:
        """Wait until a client has left before its reply was complete."""
        return self._left.wait(timeout_s)

    def forget(self) -> None:
        """Reset the counters of requests and disconnects."""
        self.requests.clear()
        self.authorizations.clear()
        self.cancelled = 0
        self._asked.clear()
        self._left.clear()

    def _note_leaving(self) -> None:
        self.cancelled += 1
        self._left.set()

    async def _models(self, _request: Request) -> Response:
        if self.kind == "llamacpp":
            return llamacpp.loading() if self.is_loading else llamacpp.models(llamacpp.CONTEXT)
        if self.kind == "tgi":
            cards = [{"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}]
        else:
            cards = [openai_shapes.card(self.kind, name) for name in self.served]
        return JSONResponse({"object": "list", "data": cards})

    async def _props(self, _request: Request) -> Response:
        return llamacpp.props(self.slots) if self.kind == "llamacpp" else Response(status_code=404)

    async def _tokenize(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        if self.kind == "sglang":
            return openai_shapes.no_such_path()  # it has one, whose reply we have not seen
        told = {"tgi": "inputs", "vllm": "prompt", "llamacpp": "content"}[self.kind]
        pieces = pieces_of(body[told])
        if self.kind == "llamacpp":
            return llamacpp.tokens(pieces)
        if self.kind == "vllm":
            return JSONResponse({"count": len(pieces), "max_model_len": 8192, "tokens": []})
        return JSONResponse([{"id": 1, "text": one, "start": 0, "stop": 1} for one in pieces])

    async def _info(self, _request: Request) -> Response:
        if self.kind == "llamacpp":
            return llamacpp.no_such_path()
        if self.kind != "tgi":
            return openai_shapes.no_such_path()
        return JSONResponse(
            {
                "model_id": MODEL,
                "model_sha": None,
                "model_pipeline_tag": "text-generation",
                "max_concurrent_requests": 128,
                "max_best_of": 2,
                "max_stop_sequences": 4,
                "max_input_tokens": self.max_input_tokens,
                "max_total_tokens": self.max_total_tokens,
                "validation_workers": 2,
                "max_client_batch_size": 4,
                "router": "text-generation-router",
                "version": "3.3.7",
                "sha": None,
                "docker_label": None,
            }
        )

    async def _health(self, _request: Request) -> Response:
        if self.kind == "llamacpp":
            return llamacpp.loading() if self.is_loading else JSONResponse({"status": "ok"})
        return Response()

    async def _read(self, request: Request) -> dict[str, Any] | Response:
        if self.is_loading:
            return llamacpp.loading()
        if self.api_key and request.headers.get("authorization") != f"Bearer {self.api_key}":
            refused = {"llamacpp": llamacpp.wrong_key, "tgi": lambda: Response(status_code=401)}
            return refused.get(self.kind, openai_shapes.wrong_key)()
        try:
            body: dict[str, Any] = json.loads(await request.body())
        except ValueError as error:
            if self.kind == "llamacpp":
                return llamacpp.no_json(error)
            return PlainTextResponse(f"Failed to parse the request body as JSON: {error}", 400)
        self.requests.append(body)
        self.authorizations.append(request.headers.get("authorization", ""))
        self._asked.set()
        return body

    async def _chat(self, request: Request) -> Response:
        body = await self._read(request)
        if isinstance(body, Response):
            return body
        if refusal := self._refusal(body):
            return refusal
        await asyncio.sleep(self.first_token_s)
        reply = self.brain(body)
        if early := await self._early(request, reply):
            return early
        if body.get("stream"):
            return self._streamed(request, chat_chunks(body, reply, self.kind), reply)
        if await self._client_leaves(request, self.token_delay_s * len(pieces_of(written(reply)))):
            return Response()
        return JSONResponse(chat_completion(body, reply, self.kind))

    def _refusal(self, body: dict[str, Any]) -> Response | None:
        if self.kind == "vllm" and (named := body.get("model")) and named not in self.served:
            return openai_shapes.no_such_model(named)
        if self.kind != "tgi" and (said := openai_shapes.wrong_format(body)):
            return openai_shapes.failed(self.kind, 400, "BadRequestError", said)
        if self.kind == "llamacpp":
            given = usage_of(body, Text(""))["prompt_tokens"]
            is_over = given > llamacpp.CONTEXT
            return llamacpp.too_long(given, llamacpp.CONTEXT) if is_over else None
        if self.kind != "tgi":
            given, reply = usage_of(body, Text(""))["prompt_tokens"], body.get("max_tokens") or 0
            is_over = given + reply > openai_shapes.CONTEXT
            return openai_shapes.too_long(self.kind, given, reply) if is_over else None
        told = "\n".join(str(one.get("content") or "") for one in body["messages"])
        around = AROUND + AROUND_EACH * len(body["messages"])
        reply = body.get("max_tokens") or 0
        return refusal_of(body) or self._too_long(told, reply, around=around)

    def _too_long(self, prompt: str, reply: int, *, around: int = 0) -> Response | None:
        given = around + len(pieces_of(prompt))
        if given + reply > self.max_total_tokens:
            message = (
                f"`inputs` tokens + `max_new_tokens` must be <= {self.max_total_tokens}. "
                f"Given: {given} `inputs` tokens and {reply} `max_new_tokens`"
            )
        elif given > self.max_input_tokens:
            message = f"`inputs` must have less than {self.max_input_tokens} tokens. Given: {given}"
        else:
            return None
        return failure(f"Input validation error: {message}", "validation", 422)

    async def _early(self, request: Request, reply: Reply) -> Response | None:
        """The response to a request that is not for a model, if it is one."""
        if isinstance(reply, Raw):
            return StreamingResponse(
                self._events(request, reply.pieces, reply),
                reply.status,
                media_type=reply.media_type,
            )
        return await self._fail(request, reply) if isinstance(reply, Fault) else None

    async def _fail(self, request: Request, fault: Fault) -> Response | None:
        match fault.kind:
            case "http":
                headers = {"retry-after": fault.retry_after} if fault.retry_after else {}
                return JSONResponse(
                    {"error": fault.text, "error_type": fault.error_type}, fault.status, headers
                )
            case "not_json":
                return Response("<html>Bad gateway</html>", media_type="text/html")
            case "silence":
                await self._client_leaves(request, SILENCE_LIMIT_S)
                return Response()
            case _:
                return None

    async def _client_leaves(self, request: Request, seconds: float) -> bool:
        if seconds <= 0:
            return False
        try:
            async with asyncio.timeout(seconds):
                while (await request.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        self._note_leaving()
        return True

    def _streamed(self, request: Request, chunks: Sequence[bytes], reply: Reply) -> Response:
        return StreamingResponse(
            self._events(request, chunks, reply), media_type="text/event-stream"
        )

    async def _events(
        self, request: Request, chunks: Sequence[bytes], reply: Reply
    ) -> AsyncIterator[bytes]:
        is_read = False
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            async with aclosing(self._paced(chunks)) as events:
                async for event in events:
                    yield event
                    if await request.is_disconnected():
                        return
            is_read = True
        finally:
            self.at_once -= 1
            if not is_read:
                self._note_leaving()
        if isinstance(reply, Fault) and reply.kind == "broken":
            raise ConnectionResetError("the server died")

    async def _paced(self, events: Sequence[bytes]) -> AsyncGenerator[bytes]:
        for number, event in enumerate(events):
            await asyncio.sleep(self.token_delay_s)
            if number == len(events) // 2 and not self.may_end.is_set():
                await asyncio.to_thread(self.may_end.wait, SILENCE_LIMIT_S)
            yield event

    async def _generate(self, request: Request) -> Response:
        body = await self._read(request)
        if isinstance(body, Response):
            return body
        parameters: dict[str, Any] = body.get("parameters") or {}
        if len(parameters.get("stop") or []) > 4:
            return failure("Input validation error: `stop` supports up to 4", "validation", 422)
        if refusal := self._too_long(body["inputs"], parameters.get("max_new_tokens") or 100):
            return refusal
        reply = self.brain(body)
        if early := await self._early(request, reply):
            return early
        if body.get("stream"):
            return self._streamed(request, generated_chunks(reply), reply)
        text = written(reply)
        generated: dict[str, Any] = {"generated_text": text}
        if parameters.get("details"):
            generated["details"] = {
                "finish_reason": "eos_token",
                "generated_tokens": len(pieces_of(text)),
                "seed": None,
                "prefill": [],
                "tokens": [
                    {"id": number, "text": piece, "logprob": -0.5, "special": False}
                    for number, piece in enumerate(pieces_of(text))
                ],
            }
        return JSONResponse([generated] if request.url.path == "/" else generated)


class StartTgi(Protocol):
    """`tgi_server(brain)` starts a TGI that answers what `brain` says to each request body."""

    def __call__(
        self,
        brain: Brain,
        *,
        api_key: str | None = None,
        token_delay_s: float = 0.0,
        kind: Kind = "tgi",
    ) -> TgiStandIn: ...


def failure(message: str, error_type: str, status: int) -> Response:
    """An error as TGI's router words it, outside a stream."""
    return JSONResponse({"error": message, "error_type": error_type}, status)


def refusal_of(body: dict[str, Any]) -> Response | None:
    """The 422 that TGI answers: plain text where the body does not parse, JSON where it is wrong."""
    if fault := _unparsed(body):
        target = "Failed to deserialize the JSON body into the target type"
        return PlainTextResponse(f"{target}: {fault} at line 1 column 1", 422)
    stops: list[str] = body.get("stop") or []
    if len(stops) > 4:
        message = f"`stop` supports up to 4 stop sequences. Given: {len(stops)}"
        return failure(f"Input validation error: {message}", "validation", 422)
    if (top_p := body.get("top_p")) is not None and not 0 < top_p < 1:
        message = "`top_p` must be > 0.0 and < 1.0"
        return failure(f"Input validation error: {message}", "validation", 422)
    if "tools" in body and body.get("response_format"):
        return failure("Tool error: Grammar and tools are mutually exclusive", "tool_error", 422)
    return None


def _unparsed(body: dict[str, Any]) -> str | None:
    if isinstance(body.get("stop"), str):
        return "stop: invalid type: string, expected a sequence"
    if "stream_options" in body and body["stream_options"] is None:
        return "stream_options: invalid type: null, expected struct StreamOptions"
    if isinstance(body.get("logit_bias"), dict):
        return "logit_bias: invalid type: map, expected a sequence"
    if "max_tokens" in body and "max_completion_tokens" in body:
        return "duplicate field `max_tokens`"
    tools: list[dict[str, Any]] = body.get("tools") or []
    if any("parameters" not in tool["function"] for tool in tools):
        return "tools[0].function: missing field `parameters`"
    wanted = body.get("response_format")
    return "response_format: missing field `value`" if wanted and "value" not in wanted else None


def pieces_of(text: str) -> list[str]:
    """Words with the space before them, much as tokens are."""
    return re.findall(r"\s*\S+|\s+$", text)


def written(reply: Reply) -> str:
    """The text that a reply would be, calls as guided JSON."""
    match reply:
        case Text(text=text) | Fault(text=text):
            return text
        case Calls(calls=calls):
            return json.dumps({"calls": [{"name": n, "arguments": a} for n, a in calls]})
        case RawCall(pieces=pieces):
            return "".join(pieces)
        case Raw(pieces=pieces):
            return b"".join(pieces).decode(errors="replace")


def thought_of(reply: Reply) -> str:
    """What the model thought first, where it is told apart."""
    return reply.thought if isinstance(reply, Text) else ""


def usage_of(body: dict[str, Any], reply: Reply) -> dict[str, int]:
    """Tokens counted as words: enough to see that somebody takes them along."""
    prompt = len(json.dumps(body["messages"]).split())
    completion = len(pieces_of(written(reply)))
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def native_call(body: dict[str, Any], reply: Reply) -> RawCall | None:
    """The one call that TGI makes when tools were sent."""
    match reply:
        case RawCall():
            return reply
        case Calls(calls=[(name, arguments), *_]) if body.get("tools"):
            return RawCall(name, re.findall(r"[{}]|[^{}]{1,5}", json.dumps(arguments)))
        case _:
            return None


def _envelope(kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "object": kind,
        "id": "",
        "created": 1741372335,
        "model": MODEL,
        "system_fingerprint": FINGERPRINT,
        "choices": choices,
    }


def parallel_calls(body: dict[str, Any], reply: Reply, kind: Kind) -> list[dict[str, Any]]:
    """The calls that the parsers of vLLM and SGLang find when tools were sent."""
    if kind not in {"vllm", "sglang"} or not isinstance(reply, Calls) or not body.get("tools"):
        return []
    return [
        {
            "index": number,
            "id": f"chatcmpl-tool-{number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for number, (name, arguments) in enumerate(reply.calls)
    ]


def chat_completion(body: dict[str, Any], reply: Reply, kind: Kind = "tgi") -> dict[str, Any]:
    """The body of a reply that is not streamed; TGI's tool call leaves out `content`."""
    if kind == "llamacpp":
        call = _one_call(body, reply)
        told = (written(reply), call, _reason(reply, call), usage_of(body, reply))
        return llamacpp.whole(*told, thought=thought_of(reply))
    message: dict[str, Any] = {"role": "assistant"}
    parallel = parallel_calls(body, reply, kind)
    if parallel:
        message |= {"content": None, "tool_calls": parallel}
    elif call := native_call(body, reply):
        function = {"description": None, "name": call.name, "arguments": "".join(call.pieces)}
        message["tool_calls"] = [{"id": "0", "type": "function", "function": function}]
    else:
        message["content"] = written(reply)
    if kind != "tgi":
        message["reasoning_content"] = thought_of(reply) or None
    reason = reply.finish_reason if isinstance(reply, Text) else "stop"
    reason = "tool_calls" if parallel else reason
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    return {**_envelope("chat.completion", [choice]), "usage": usage_of(body, reply)}


def _one_call(body: dict[str, Any], reply: Reply) -> tuple[str, Mapping[str, object]] | None:
    """The call that a model makes natively on llama.cpp: the first, as far as we have seen."""
    is_free = body.get("tools") and body.get("tool_choice") != "none"
    return reply.calls[0] if isinstance(reply, Calls) and is_free else None


def _reason(reply: Reply, call: object) -> str:
    if call:
        return "tool_calls"
    return reply.finish_reason if isinstance(reply, Text) else "stop"


def sse(data: object) -> bytes:
    """One event in TGI's framing."""
    return f"data: {json.dumps(data)}\n\n".encode()


def _chunk(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    choice = {
        "index": 0,
        "delta": {"role": "assistant", **delta},
        "logprobs": None,
        "finish_reason": finish_reason,
    }
    return sse({**_envelope("chat.completion.chunk", [choice]), "usage": None})


def _call_chunks(call: RawCall) -> list[bytes]:
    chunks: list[bytes] = []
    for position, piece in enumerate(call.pieces):
        function = {"name": None if position else call.name, "arguments": piece}
        one = {"index": 0, "id": "0", "type": "function", "function": function}
        is_last = position == len(call.pieces) - 1
        chunks.append(_chunk({"tool_calls": [one]}, call.finish_reason if is_last else None))
    return chunks


def generated_chunks(reply: Reply) -> list[bytes]:
    """The events of `/generate_stream`: a token each, the text as a whole with the last, no [DONE]."""
    pieces = pieces_of(written(reply)) or [""]
    events: list[bytes] = []
    for position, piece in enumerate(pieces, start=1):
        is_last = position == len(pieces)
        token = {"id": position, "text": piece, "logprob": -0.5, "special": False}
        details = {"finish_reason": "eos_token", "generated_tokens": len(pieces), "seed": None}
        event = {
            "index": position,
            "token": token,
            "generated_text": written(reply) if is_last else None,
            "details": details if is_last else None,
        }
        events.append(b"data:" + json.dumps(event).encode() + b"\n\n")
    match reply:
        case Fault(kind="in_stream_error", text=text, error_type=error_type):
            shown = events[:1] if reply.shown else []
            return [*shown, sse({"error": text, "error_type": error_type})]
        case Fault():
            return events[:-1]
        case _:
            return [*events[:1], b":\n\n", *events[1:]]


def _llamacpp_chunks(body: dict[str, Any], reply: Reply) -> list[bytes]:
    call = _one_call(body, reply)
    options: dict[str, Any] = body.get("stream_options") or {}
    usage = usage_of(body, reply) if options.get("include_usage") else None
    thoughts = pieces_of(thought_of(reply))
    told = llamacpp.events(
        pieces_of(written(reply)), call, _reason(reply, call), usage, thoughts=thoughts
    )
    return [*map(sse, told), b"data: [DONE]\n\n"]


def chat_chunks(body: dict[str, Any], reply: Reply, kind: Kind = "tgi") -> list[bytes]:
    """The events of a streamed reply, one comment between them as TGI's keep-alive."""
    if kind == "llamacpp":
        return _llamacpp_chunks(body, reply)
    parallel, call = parallel_calls(body, reply, kind), native_call(body, reply)
    if parallel:
        events = [*(_chunk({"tool_calls": [one]}) for one in parallel), _chunk({}, "tool_calls")]
    elif call:
        events = _call_chunks(call)
    else:
        thoughts = pieces_of(thought_of(reply))
        events = [_chunk({"reasoning_content": piece}) for piece in thoughts]
        events += [_chunk({"content": piece}) for piece in pieces_of(written(reply))]
    events.insert(1, b":\n\n")
    match reply:
        case Fault(kind="cut_off" | "broken"):
            return events
        case Fault(kind="no_done"):
            return [*events, _chunk({"content": ""}, "stop")]
        case Fault(kind="in_stream_error", text=text):
            # TGI says 422 here whatever the cause: https://github.com/huggingface/text-generation-inference
            error = {"error": {"message": text, "http_status_code": 422}}
            shown = [_chunk({"content": reply.shown})] if reply.shown else []
            return [*shown, sse(error), b"data: [DONE]\n\n"]
        case Text(finish_reason=reason):
            events.append(_chunk({"content": ""}, reason))
        case Calls() if call is None:
            events.append(_chunk({"content": ""}, "stop"))
        case _:
            pass
    if (body.get("stream_options") or {}).get("include_usage"):
        usage = {"usage": usage_of(body, reply)}
        events.append(sse({**_envelope("chat.completion.chunk", []), **usage}))
    return [*events, b"data: [DONE]\n\n"]
