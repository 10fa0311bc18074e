"""Shops by gRPC with what protoc makes of the proto files, and prints what it was told as JSON, for python.slow.ts.

python.py <address> <login> <password> <words to search> <store's id>
"""
import json
import sys
import uuid

import grpc
from google.rpc import error_details_pb2, status_pb2

from bodega.catalog.v1 import catalog_service_pb2 as catalog
from bodega.catalog.v1 import catalog_service_pb2_grpc as catalog_grpc
from bodega.identity.v1 import identity_service_pb2 as identity
from bodega.identity.v1 import identity_service_pb2_grpc as identity_grpc
from bodega.order.v1 import order_pb2
from bodega.order.v1 import order_service_pb2 as orders
from bodega.order.v1 import order_service_pb2_grpc as orders_grpc

TIMEOUT_S = 30


def main(address, login, password, words, store_id):
    with grpc.insecure_channel(address) as channel:
        tokens = identity_grpc.IdentityServiceStub(channel).Login(
            identity.LoginRequest(login=login, password=password), timeout=TIMEOUT_S
        ).tokens
        shopper = Shopper(channel, tokens.access_token)
        product = shopper.search(words)
        placed, watched, ended = shopper.order_while_watching(store_id, product.id)
        return {
            "found": product.title,
            "placed": placed.id,
            "status": order_pb2.OrderStatus.Name(placed.status),
            "total": [placed.total.currency_code, placed.total.units, placed.total.nanos],
            "watched": watched,
            "watchEnded": ended,
            "unknownProduct": shopper.refusal(store_id, str(uuid.uuid4()), 1),
            "nothingOrdered": shopper.refusal(store_id, product.id, 0),
            "deadline": shopper.watch_until_deadline(),
        }


class Shopper:
    def __init__(self, channel, access_token):
        self.metadata = (("authorization", "Bearer " + access_token),)
        self.catalog = catalog_grpc.CatalogServiceStub(channel)
        self.orders = orders_grpc.OrderServiceStub(channel)

    def search(self, words):
        request = catalog.SearchProductsRequest(query=words)
        return self.catalog.SearchProducts(request, timeout=TIMEOUT_S).results[0].product

    def place(self, store_id, product_id, quantity):
        request = orders.PlaceOrderRequest(store_id=store_id, request_id=str(uuid.uuid4()))
        request.items.add(product_id=product_id, quantity=quantity)
        return self.orders.PlaceOrder(request, metadata=self.metadata, timeout=TIMEOUT_S).order

    def order_while_watching(self, store_id, product_id):
        """The order, the events that a watcher saw of it, and how the stream ended that the watcher left."""
        stream = self.orders.WatchOrders(orders.WatchOrdersRequest(), metadata=self.metadata, timeout=TIMEOUT_S)
        placed, watched = None, []
        for message in stream:
            kind = message.WhichOneof("message")
            if placed is None and kind == "heartbeat":
                placed = self.place(store_id, product_id, 1)
            if kind == "event":
                watched.append([message.event.order.id, message.event.sequence, message.event.order == placed])
                break
        stream.cancel()
        return placed, watched, stream.code().name

    def refusal(self, store_id, product_id, quantity):
        try:
            self.place(store_id, product_id, quantity)
        except grpc.RpcError as error:
            return told(error)

    def watch_until_deadline(self):
        try:
            for _ in self.orders.WatchOrders(orders.WatchOrdersRequest(), metadata=self.metadata, timeout=1):
                pass
        except grpc.RpcError as error:
            return error.code().name


def told(error):
    """The details of a refusal: a google.rpc.Status among the trailers."""
    status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info) or detail.Unpack(bad)
    return {
        "code": error.code().name,
        "sameText": error.details() == status.message,
        "reason": info.reason,
        "domain": info.domain,
        "fields": [violation.field for violation in bad.field_violations],
    }


print(json.dumps(main(*sys.argv[1:])))
