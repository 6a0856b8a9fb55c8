// Runs inspector.py in CPython compiled to WebAssembly: node inspect.mjs PYODIDE SITE_PACKAGES ROOT JOB
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [pyodide, site, root, job] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${pyodide}/`, stdout: (line) => process.stderr.write(`${line}\n`) });
python.mountNodeFS("/checkout", root);
python.mountNodeFS("/site", site);
python.globals.set("job", readFileSync(job, "utf8"));
process.stdout.write(
  python.runPython(`
import json, runpy, sys
sys.path.append("/site")
inspector = runpy.run_path("/checkout/tests/integration/inspector.py")
job = json.loads(job) | {"root": "/checkout"}
json.dumps({"version": "%d.%d" % sys.version_info[:2], "found": inspector["answer"](job)})
`),
);
