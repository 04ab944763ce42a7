"""A TGI as a process of its own: `python stand_in_server.py PORT [SECONDS TO THE FIRST TOKEN]`.

`GET /requests` gives the bodies that came since it was last asked.
"""

import json
import sys
from typing import Any

import uvicorn
from standin_tgi import Calls, Reply, Text, TgiStandIn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

COUNTED = "How many customers do we have?"
READ = "What is the restocking fee for an opened server?"


def reply_to(body: dict[str, Any]) -> Reply:
    """A good model's replies, with the role told by the prompt's heading."""
    told = json.dumps(body["messages"])
    is_counted = COUNTED in told
    match body["messages"][0]["content"].partition("\n")[0]:
        case "# decide" if is_counted:
            return Calls([("query_database", {"question": COUNTED, "database": "demo"})])
        case "# decide":
            return Calls([("search_documents", {"query": READ})])
        case "# write_sql":
            return Text("SELECT COUNT(*) FROM customers")
        case _ if body.get("tools") and body["messages"][-1]["role"] != "tool":  # `bare_agent`
            return Calls([("query_database", {"question": COUNTED, "database": "demo"})])
        case _:
            return Text("We have 220 customers [1]." if is_counted else "It is 12 percent [1].")


def main(port: int, first_token_s: float = 0.0) -> None:
    """Serve until a signal comes."""
    standin = TgiStandIn(reply_to, first_token_s=first_token_s)

    async def requests(_: Request) -> Response:
        seen = list(standin.requests)
        standin.requests.clear()
        return JSONResponse(seen)

    standin.app.routes.append(Route("/requests", requests))
    uvicorn.run(standin.app, port=port, log_level="critical", lifespan="off", ws="none")


if __name__ == "__main__":
    main(int(sys.argv[1]), *map(float, sys.argv[2:]))
