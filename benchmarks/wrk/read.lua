-- GET one address with a token, repeatedly. ENCODING is what the client accepts, by default nothing.
require("report")
wrk.headers["Accept-Encoding"] = os.getenv("ENCODING")
