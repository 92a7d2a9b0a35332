"""The platforms by name."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paygrade.errors import DataError
from paygrade.labels.columns import Name
from paygrade.labels.exports.argilla import open_argilla
from paygrade.labels.exports.export import Export
from paygrade.labels.exports.label_studio import open_flat, open_label_studio
from paygrade.labels.exports.mturk import open_mturk
from paygrade.labels.exports.prolific import open_prolific
from paygrade.labels.exports.toloka import open_toloka
from paygrade.labels.json_file import JsonFile, read_records
from paygrade.labels.opening import open_source
from paygrade.labels.query import ParquetFile, parquet_records
from paygrade.labels.source import ManySources, Source

if TYPE_CHECKING:
    from paygrade.labels.opening import Table

PLATFORMS = ("label-studio", "argilla", "prolific", "toloka", "mturk")


def open_export(source: "Table", platform: str, given: Mapping[str, Name]) -> Export:
    """Return the export of a platform.

    Arguments:
        source: what `read_annotations` takes; for Prolific perhaps [answers, submissions].
        platform: one of `PLATFORMS`; capitals, blanks and underscores don't matter.
        given: role -> column, as far as the user names them.

    Raises:
        DataError: no such platform, or no such export.
    """
    known = platform.strip().lower().replace("_", "-").replace(" ", "-")
    if known not in PLATFORMS:
        raise DataError(
            f"platform={platform!r} is unknown, so its columns are too; use one of"
            f" {', '.join(PLATFORMS)}, or name the columns of the table"
        )
    if known == "prolific":
        several = source if isinstance(source, list | tuple) else [source]
        return open_prolific([open_source(each) for each in several], given)
    table = open_source(source)
    if known == "toloka":
        return open_toloka(table, given)
    if known == "mturk":
        return open_mturk(table, given)
    return _open_nested(table, known, given)


def _open_nested(table: Source, platform: str, given: Mapping[str, Name]) -> Export:
    records = _records(table)
    if records is None and platform == "label-studio":
        return open_flat(table, given)
    if records is None:
        raise DataError(
            f"{table.name} is flat, and Argilla nests responses in records, so they are lost or"
            " written as text; export with records.to_json(), or to_datasets().to_json()"
        )
    read = open_argilla if platform == "argilla" else open_label_studio
    try:
        return read(table.name, records, given)
    except DataError:
        raise
    except (AttributeError, TypeError, ValueError) as error:  # nested otherwise than they should be
        raise DataError(
            f"{table.name}: the records are not nested as {platform} exports them ({error}), so"
            " their answers can't be found; export them again, or write a table of task, worker and"
            " label"
        ) from error


def _records(table: Source) -> list[dict[str, Any]] | None:
    """Return the records with what is nested in them; None where nothing can be."""
    if isinstance(table, ManySources):
        parts = [_records(part) for part in table.parts]
        return None if None in parts else [each for part in parts for each in part or ()]
    if isinstance(table, JsonFile):
        return read_records(table.name)
    if isinstance(table, ParquetFile):
        return parquet_records(table.name)
    return None
