"""Subscribe, GetEvents, GetStreamingEvents, Unsubscribe."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from samband.exchange.actions.notifications import Wanted, missed
from samband.exchange.actions.subscriptions import Connection
from samband.exchange.ews.answers import refused
from samband.exchange.ews.call import Call
from samband.exchange.ews.push import Target, check_url
from samband.exchange.ews.references import folder_ref
from samband.model.failures import Failure
from samband.model.notifications import EventKind, Mark
from samband.wire.ews.notifications import (
    SubscribeRequest,
    looks_like_subscription,
    read_get_events,
    read_get_streaming_events,
    read_subscribe,
    read_subscription_id,
    write_mark,
    write_notification,
    write_pulled,
    write_streamed,
    write_streamed_refusal,
    write_subscribed,
)
from samband.wire.ews.responses import write_batch
from samband.wire.soap.envelope import write_streamed_envelope
from samband.wire.xml.reading import Element


async def subscribe(call: Call, element: Element) -> str:
    """Subscribe, streaming, pull or push."""
    request = read_subscribe(element)
    try:
        wanted = _wanted(request)
        target = _target(call, request) if wanted.push else None
        id_, begin = await call.exchange.notifications.subscribe(call.caller, wanted)
        if target is not None and call.pusher is not None:
            call.pusher.start(call.exchange.notifications.attach(call.caller, id_), begin, target)
    except Failure as failure:
        return write_batch("Subscribe", [refused(failure)])
    return write_batch("Subscribe", [write_subscribed(id_, write_mark(*begin) if request.way != "Streaming" else "")])


def _wanted(request: SubscribeRequest) -> Wanted:
    if request.all_folders == (request.folders is not None):
        raise Failure("ErrorInvalidSubscriptionRequest", "A subscription is either to some folders or to all of them.")
    if request.bad_watermark:
        raise _bad_watermark()
    return Wanted(
        folders=None if request.folders is None else [folder_ref(given) for given in request.folders],
        kinds=frozenset(EventKind(kind) for kind in request.kinds),
        minutes=request.minutes,
        after=Mark(*request.watermark) if request.watermark is not None else None,
        push=request.way == "Push",
    )


def _target(call: Call, request: SubscribeRequest) -> Target:
    if call.pusher is None:
        raise Failure("ErrorInvalidSubscriptionRequest", "Push subscriptions are not offered here.")
    return Target(check_url(request.url), request.frequency)


def _bad_watermark() -> Failure:
    return Failure("ErrorInvalidWatermark", "The watermark used for the subscription is invalid.")


async def unsubscribe(call: Call, element: Element) -> str:
    """Unsubscribe."""
    id_ = read_subscription_id(element)
    try:
        if not looks_like_subscription(id_):
            raise _invalid()
        await call.exchange.notifications.unsubscribe(call.caller, id_)
    except Failure as failure:
        return write_batch("Unsubscribe", [refused(failure)])
    return write_batch("Unsubscribe", [""])


def _invalid() -> Failure:
    return Failure("ErrorInvalidSubscription", "Subscription is invalid.")


async def get_events(call: Call, element: Element) -> str:
    """GetEvents: what happened to a pull subscription after a watermark."""
    id_, mark = read_get_events(element)
    try:
        if not looks_like_subscription(id_):
            raise _invalid()
        if mark is None:
            raise _bad_watermark()
        pulled = await call.exchange.notifications.events(call.caller, id_, Mark(*mark))
    except Failure as failure:
        return write_batch("GetEvents", [refused(failure)])
    marks = write_mark(*pulled.previous), write_mark(*pulled.last)
    content = write_pulled(id_, pulled.mailbox, marks[0], pulled.events, marks[1], pulled.more)
    return write_batch("GetEvents", [content])


async def get_streaming_events(call: Call, element: Element) -> AsyncIterator[bytes]:
    """GetStreamingEvents: an answer without end, each chunk of it a whole envelope."""
    ids, minutes = read_get_streaming_events(element)
    return _answer(call, ids, minutes * call.exchange.settings.streaming_minute)


async def _answer(call: Call, ids: list[str], seconds: float) -> AsyncGenerator[bytes, None]:
    # The connection is made when the first chunk is asked for: an answer nobody reads holds nothing.
    connection = call.exchange.notifications.connect(call.caller, ids)
    if isinstance(connection, list):
        yield _envelope(call, write_streamed_refusal(refused(_invalid()), connection))
        return
    try:
        async with aclosing(_stream(call, connection, seconds)) as stream:
            async for chunk in stream:
                yield chunk
    finally:
        call.exchange.notifications.disconnect(connection)


async def _stream(call: Call, connection: Connection, seconds: float) -> AsyncGenerator[bytes, None]:
    """At once a sign of life; then news as they come, signs of life in between, and a farewell."""
    notifications, heartbeat = call.exchange.notifications, call.exchange.settings.streaming_heartbeat
    now = asyncio.get_running_loop().time
    end = now() + seconds
    yield _envelope(call, write_streamed(status="OK"))
    while (left := end - now()) > 0 and connection.subscriptions:
        if not await connection.wait(min(left, heartbeat)):
            if left > heartbeat:
                yield _envelope(call, write_streamed(status="OK"))
            continue
        news, lost = notifications.take(connection)
        if news:
            yield _envelope(
                call, write_streamed([write_notification(one.id, one.mailbox, events) for one, events in news])
            )
        if lost:
            yield _envelope(call, write_streamed_refusal(refused(missed()), lost))
            return
    yield _envelope(call, write_streamed(status="Closed"))


def _envelope(call: Call, body: str) -> bytes:
    return write_streamed_envelope(body, call.build.header())
