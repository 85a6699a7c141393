"""What is counted, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

TURNS = Counter("shezhu_turns_total", "Turns that did not end with a plain reply, by outcome", ["outcome"])
TURN_SECONDS = Histogram(
    "shezhu_turn_seconds", "From verified request to committed reply", buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 4)
)
REFUSED = Counter("shezhu_callbacks_refused_total", "Callback requests refused, by HTTP status", ["status"])
PUSHES = Counter("shezhu_pushes_total", "Push attempts by channel and outcome", ["channel", "outcome"])
ERRCODES = Counter("shezhu_wechat_errcodes_total", "Error codes of the platform", ["errcode"])
OUTBOX_AGE = Gauge("shezhu_outbox_oldest_seconds", "Age of the oldest due push that was not sent")
UNREACHABLE = Gauge("shezhu_unreachable_users", "People with something due that no channel can carry")
