"""The same transform as it is usually written in pandas: one frame for each pair, JSON lines out."""

import base64
import json

import pandas as pd

from transforms.envelope import Event, Response


def pandas_handler(event: Event, source: str, ingested_at: str) -> Response:
    """Firehose's transform of nested FX documents, including checks and lineage, without a quarantine."""
    records = []
    for record in event["records"]:
        document = json.loads(base64.b64decode(record["data"]))
        frames = [_frame(base, quote, days) for base, quotes in document.items() for quote, days in quotes.items()]
        rows = pd.concat(frames, ignore_index=True).assign(source=source, ingested_at=ingested_at)
        lines = rows.to_json(orient="records", lines=True)
        year = rows["date"].str[:4].iloc[0]
        data = base64.b64encode(lines.encode()).decode()
        records.append(
            {
                "recordId": record["recordId"],
                "result": "Ok",
                "data": data,
                "metadata": {"partitionKeys": {"year": year}},
            }
        )
    return {"records": records}  # type: ignore[typeddict-item]


def _frame(base: str, quote: str, days: dict[str, dict[str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame.from_dict(days, orient="index").rename(columns=lambda name: name.split(". ")[1])
    frame = frame.astype(float)
    highest = frame[["open", "low", "close"]].max(axis=1)
    frame = frame[(frame > 0).all(axis=1) & (frame["high"] >= highest)]
    return frame.rename_axis("date").reset_index().assign(base=base, quote=quote)
