# syntax=docker/dockerfile:1
# The service (`docsql serve`) and every other command. From the repository's root:
#   docker build -f deployment/docker/service.Dockerfile -t docsql-service:0.1.0 .
# The build needs a package index only. With a mirror: --build-arg PIP_INDEX_URL=https://… (or, if it
# needs a password, --secret id=pip,src=pip.conf) and --build-arg BASE=registry.internal/python:…;
# HTTPS_PROXY and NO_PROXY are passed by Docker itself.
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE} AS build
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/docsql
# Dependencies change less often than the code, so they are a separate layer. This lock includes the
# extras (OCR, Ray, Trino), without torch.
COPY requirements-extras.lock /src/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    /opt/docsql/bin/pip install --require-hashes --no-deps -r /src/requirements-extras.lock
COPY requirements-build.lock /src/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    python -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r /src/requirements-build.lock
COPY pyproject.toml README.md LICENSE /src/
COPY agent /src/agent
COPY tools /src/tools
COPY serving /src/serving
COPY chainlit_app /src/chainlit_app
COPY deployment/demo /src/deployment/demo
RUN /opt/build/bin/python -m build --wheel --no-isolation --outdir /src/dist /src \
 && /opt/docsql/bin/pip install --no-index --no-deps /src/dist/*.whl \
 && /opt/docsql/bin/pip uninstall --yes pip

FROM ${BASE}
# Programs for OCR come from Debian: --build-arg DEBIAN_PACKAGES="tesseract-ocr". None by default.
ARG DEBIAN_PACKAGES=""
RUN if [ -n "$DEBIAN_PACKAGES" ]; then \
      apt-get update && apt-get install -y --no-install-recommends $DEBIAN_PACKAGES && rm -rf /var/lib/apt/lists/*; \
    fi \
 && groupadd --gid 10001 docsql && useradd --uid 10001 --gid docsql --no-create-home --home-dir /data docsql \
 && install -d -o docsql -g docsql /data
COPY --from=build /opt/docsql /opt/docsql
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="DocSQL service" \
      org.opencontainers.image.description="Answers questions from a company's own documents and SQL databases" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The root file system can be read-only: only /data and /tmp are written.
ENV PATH=/opt/docsql/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DOCSQL_DATA=/data DOCSQL_SERVICE__HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8710
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8710/health', timeout=4)"]
ENTRYPOINT ["docsql"]
CMD ["serve"]
