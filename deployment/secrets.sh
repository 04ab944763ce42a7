#!/bin/sh
# Creates the secrets that the Compose files mount: deployment/secrets/, one file each, readable by you
# and the containers' user. Existing files are kept, so you can run it again; a new HF_TOKEN replaces the old.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
umask 077

random() { # 43 characters, 256 bits
  head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'
}

keep() { # keep NAME VALUE: writes it unless there is one
  [ -s "secrets/$1" ] || printf '%s' "$2" >"secrets/$1"
}

keep api_key "$(random)"
keep postgresql_password "$(random)"
keep threads_uri "postgresql://docsql:$(cat secrets/postgresql_password)@postgresql:5432/docsql"
keep milvus_password "$(random)"
keep milvus_token "root:$(cat secrets/milvus_password)"
keep minio_password "$(random)"
keep grafana_password "$(random)"
# A token of the Hugging Face hub, for models that require one: HF_TOKEN=… deployment/secrets.sh
if [ -n "${HF_TOKEN:-}" ] || [ ! -f secrets/hugging_face_token ]; then
  rm -f secrets/hugging_face_token
  printf '%s' "${HF_TOKEN:-}" >secrets/hugging_face_token
fi
chmod 0755 secrets
chmod 0444 secrets/*
echo "The secrets are in $(pwd)/secrets. The key for the API is in secrets/api_key."
