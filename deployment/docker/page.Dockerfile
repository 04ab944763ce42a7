# syntax=docker/dockerfile:1
# The chat page: an HTTP client of the service, a quarter of its size. From the repository's root:
#   docker build -f deployment/docker/page.Dockerfile -t docsql-page:0.1.0 .
# The build arguments are those of service.Dockerfile.
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE} AS build
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/docsql
COPY requirements-page.lock /src/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    /opt/docsql/bin/pip install --require-hashes --no-deps -r /src/requirements-page.lock
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
RUN groupadd --gid 10001 docsql && useradd --uid 10001 --gid docsql --no-create-home --home-dir /data docsql \
 && install -d -o docsql -g docsql /data
COPY --from=build /opt/docsql /opt/docsql
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="DocSQL chat page" \
      org.opencontainers.image.description="The Chainlit page in front of the DocSQL service" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/docsql/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DOCSQL_DATA=/data DOCSQL_PAGE__HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8711
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8711/', timeout=4)"]
ENTRYPOINT ["python", "-P", "-m", "chainlit_app.launch"]
