-- Sign in with the right password.
require("report")
wrk.method = "POST"
wrk.body = string.format('{"username": "%s", "password": "%s"}', os.getenv("USERNAME"), os.getenv("PASSWORD"))
