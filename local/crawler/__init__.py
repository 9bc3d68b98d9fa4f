"""AWS Glue crawlers: files of unknown schema become tables of the catalogue.

https://docs.aws.amazon.com/glue/latest/dg/add-crawler.html

Supported: crawlers over S3 paths with their CSV classifiers, schedules, metrics and history; CSV with any delimiter,
JSON (an object a line) and Parquet, plain or gzipped; tables by level or one per path, partitions from folders, changes
by the SchemaChangePolicy. Other targets, classifiers and settings are refused. MiniStack serves the rest of Glue.

Where this differs from Glue:
- Every file is read completely. Glue samples the beginning of each.
- Files that do not fit together leave their table as it was, and the crawl's ErrorMessage and log say which and why.
Glue creates several tables from them, or one that cannot be queried.
- CSV with quotes gets OpenCSVSerDe, and a column of numbers with gaps is then a string: that SerDe cannot read an empty
  number. Glue's built-in classifier always chooses LazySimpleSerDe, which leaves the quotes in.
- Numbers with spaces around them, as in `1, 2`, and whole numbers that neither a bigint nor a double holds are strings.
- Whole numbers in JSON are bigint. Glue says int, which later numbers may not fit.
"""

from local.crawler.clients import Clients, connect
from local.crawler.service import GlueCrawlers

__all__ = ["Clients", "GlueCrawlers", "connect"]
