# A backend whose streams can be read again from anywhere. POST /runs/<name>?every=5 starts a run (its lines come in the
# body here, and from a model elsewhere); GET /runs/<name>?offset=7 gives the lines from the seventh on, once there are any.
import json, sys, threading, time
from flask import Flask, Response, abort, request

app, runs, more = Flask(__name__), {}, threading.Condition()

def write(run, lines, pause):
    for seq, line in enumerate(lines):
        time.sleep(pause)
        with more:
            run.append(json.dumps({"seq": seq, **json.loads(line)}) + "\n")
            more.notify_all()

@app.post("/runs/<name>")
def start(name):
    run, pause = runs.setdefault(name, []), float(request.args["every"]) / 1000
    threading.Thread(target=write, args=(run, request.get_data().splitlines(), pause), daemon=True).start()
    return {"src": request.path}, 201

@app.get("/runs/<name>")
def read(name):
    run, offset = runs[name] if name in runs else abort(404), request.args.get("offset", 0, int)
    with more:
        more.wait_for(lambda: len(run) > offset, timeout=20)
        lines = run[offset:]
    return Response(lines, mimetype="application/x-ndjson", headers={"Stream-Next-Offset": str(offset + len(lines)),
        "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Stream-Next-Offset", "Cache-Control": "no-store"})

app.run(port=int(sys.argv[1]), threaded=True)
