"""Executes a notebook with the Deno kernel: execute_notebook.py FROM.ipynb TO.ipynb FOLDER

The kernel starts in FOLDER. An error in a cell ends it with that error and exit code 1.
"""

import asyncio
import sys

import nbformat
from nbclient import NotebookClient

# Deno's kernel sometimes says that it is idle before it sends a cell's last output: seconds to wait for more.
GRACE = 0.25


class PatientClient(NotebookClient):
    async def _async_poll_output_msg(self, parent_msg_id, cell, cell_index):
        await super()._async_poll_output_msg(parent_msg_id, cell, cell_index)
        try:
            await asyncio.wait_for(super()._async_poll_output_msg(parent_msg_id, cell, cell_index), GRACE)
        except asyncio.TimeoutError:
            pass


source, target, folder = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
client = PatientClient(
    notebook, kernel_name="deno", timeout=300, record_timing=False, resources={"metadata": {"path": folder}}
)
client.execute()
nbformat.write(notebook, target)
