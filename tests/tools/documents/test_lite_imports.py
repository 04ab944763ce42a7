"""What Milvus Lite does not import for our stores, in a process of its own."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from tools.documents.lite import open_lite
from tools.documents.fields import vector_index_params
from tools.documents.lite import lite_vector_schema
client = open_lite(sys.argv[1])
client.create_collection(
    "v", schema=lite_vector_schema(dimension=2), index_params=vector_index_params(), properties={}
)
client.load_collection("v")
row = {"id": "1", "document_id": "d", "collection": "c", "access": "", "dense": [0.6, 0.8]}
client.upsert("v", [row])
client.flush("v")
print([r["id"] for r in client.query("v", filter='id == "1"', output_fields=["id"])])
client.close()
client = open_lite(sys.argv[1])
client.load_collection("v")
print([r["id"] for r in client.query("v", filter='id == "1"', output_fields=["id"])])
client.close()
print(sorted({"faiss", "pandas", "pyarrow.dataset", "pyarrow._s3fs"} & set(sys.modules)))
import pandas
print(pandas.__name__)
"""


def test_a_store_is_written_and_read_without_what_it_needs_not_which_others_may_import(
    tmp_path: Path,
) -> None:
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", SCRIPT, str(tmp_path / "lite.db")],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.splitlines() == ["['1']", "['1']", "[]", "pandas"]
