"""`python -m connectors.crawler.program`: one crawl, told on stdin, telling on stdout."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import asdict
from ipaddress import ip_network
from typing import Any

from connectors.crawler import network
from connectors.crawler.order import ALIVE, END, LINK, PAGE, Task

_ALIVE_SECONDS = 2.0


class Teller:
    """Writes lines, from any thread."""

    def __init__(self) -> None:
        self._out = sys.stdout.buffer
        self._lock = threading.Lock()

    def __call__(self, kind: str, what: Any = None) -> None:
        match kind:
            case "link":
                line = [LINK, what.page, what.target, what.anchor, what.follow, what.rel]
                line.append(what.position)
            case "page":
                line = [PAGE, what]
            case "end":
                line = [END, asdict(what)]
            case _:
                line = [ALIVE]
        body = json.dumps(line, ensure_ascii=True).encode() + b"\n"
        with self._lock:
            self._out.write(body)
            if kind != "link":
                self._out.flush()

    def stay_alive(self) -> None:
        while True:
            time.sleep(_ALIVE_SECONDS)
            self(ALIVE)


def main() -> None:
    task = Task(**json.loads(sys.stdin.buffer.readline()))
    network.state.allowed.extend(ip_network(each) for each in task.allowed)
    tell = Teller()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threading.Thread(target=tell.stay_alive, daemon=True).start()

    from scrapy.crawler import CrawlerProcess

    from connectors.crawler.spider import Pages

    process = CrawlerProcess(settings(task), install_root_handler=False)
    process.crawl(Pages, task=task, tell=tell)
    process.start(install_signal_handlers=False)


def settings(task: Task) -> dict[str, Any]:
    """Scrapy's, by its own names. Where we go and how is decided by the spider."""
    return {
        "USER_AGENT": task.user_agent,
        "DEFAULT_REQUEST_HEADERS": {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"},
        network.setting(): "connectors.crawler.network.PublicOnly",
        # A proxy from the environment would look names up itself, behind our back.
        "HTTPPROXY_ENABLED": False,
        "ROBOTSTXT_OBEY": False,  # the spider does, by RFC 9309
        "REDIRECT_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "RETRY_TIMES": 1,
        "RETRY_HTTP_CODES": [500, 502, 504],
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": task.pause,
        "AUTOTHROTTLE_ENABLED": task.pause > 0,
        "AUTOTHROTTLE_START_DELAY": task.pause,
        "AUTOTHROTTLE_MAX_DELAY": 60.0,
        "DOWNLOAD_TIMEOUT": task.seconds,
        "DOWNLOAD_MAXSIZE": task.size,
        "DOWNLOAD_WARNSIZE": 0,
        "CLOSESPIDER_TIMEOUT": task.minutes * 60,
        # Breadth first: a cap of pages then leaves out the far ones.
        "DEPTH_PRIORITY": 0,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "SCHEDULER_DISK_QUEUE": "scrapy.squeues.PickleFifoDiskQueue",
        "TELNETCONSOLE_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
        "LOG_ENABLED": False,
        "LOG_LEVEL": "CRITICAL",
    }


def _end_with_parent() -> None:
    """Whoever started us holds our stdin open as long as it lives."""
    sys.stdin.buffer.read()
    os._exit(3)


if __name__ == "__main__":
    main()
