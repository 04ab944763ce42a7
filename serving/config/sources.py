"""The settings of sources, which `docsql sync` keeps up to date."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from serving.config.section import Section

_PASSWORD = re.compile(r"[^/?#]*:[^/?#]*@")


def _is_source(url: str) -> str:
    """Refuse invalid URLs, and passwords in them, which would be shown with the settings.

    Whether it names a source, `docsql sync` finds out.
    """
    scheme, mark, rest = url.partition("://")
    if not mark or not rest:
        raise PydanticCustomError("no_source", "write a URL, such as `s3://bucket/folder`")
    if scheme != "github" and _PASSWORD.match(rest):
        raise PydanticCustomError(
            "password_in_url",
            "leave the password out of the URL, and set DOCSQL_SOURCES__NAME__PASSWORD",
        )
    return url


class SourceSettings(Section):
    """One place where documents live."""

    url: Annotated[str, AfterValidator(_is_source)] = Field(
        description="Where its files are: `s3://`, `gs://`, `abfs://`, `sftp://`, `webdav://`, "
        "`github://`, or a page, file or sitemap at `https://`"
    )
    collection: str | None = Field(
        default=None,
        description="Collection of its documents (unset: `DOCSQL_DOCUMENTS__COLLECTION`)",
    )
    groups: tuple[str, ...] | None = Field(
        default=None, description="Groups that may see its documents, unless an access list says"
    )
    schedule: str = Field(
        default="",
        description="When the Helm chart's CronJob brings it up to date, such as `0 3 * * *` "
        "(empty: only `docsql sync` by hand)",
    )
    user: str = Field(default="", description="User; for S3 the access key's id")
    password: SecretStr | None = Field(
        default=None, description="Password; for S3 the secret key, for Azure the account's key"
    )
    token: SecretStr | None = Field(
        default=None, description="Token: a session, bearer, SAS or GitHub token"
    )
    key_file: Path | None = Field(
        default=None, description="File of an SSH key, or of a Google service account"
    )
    known_hosts: Path | None = Field(
        default=None, description="File of SSH hosts to trust (unset: `~/.ssh/known_hosts`)"
    )
    endpoint: str = Field(
        default="", description="Another server of the protocol, such as a MinIO for `s3://`"
    )
    options: dict[str, str] = Field(
        default={}, description="Further arguments of the protocol's fsspec file system"
    )
    depth: int = Field(
        default=0, ge=0, le=20, description="Websites: how many links away pages may be"
    )
    interval_s: float = Field(
        default=0.5, ge=0, description="Websites: seconds between two requests"
    )
    time_limit_s: float = Field(
        default=60.0, gt=0, description="Seconds that its server may be silent"
    )
    file_mb: int = Field(default=200, ge=1, description="Largest file in megabytes")
    most_files: int = Field(default=100_000, ge=1, description="Most files or pages")
