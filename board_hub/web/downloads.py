"""Files that pages give: JSON with a name to save it under."""

import json
from collections.abc import Mapping

from flask import Response


def json_file(content: Mapping[str, object], name: str) -> Response:
    """`content` as a file; name: of letters, digits, dashes and dots."""
    answer = Response(json.dumps(content, indent=2, ensure_ascii=False) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
