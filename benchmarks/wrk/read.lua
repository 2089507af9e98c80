-- GET one address with a token, repeatedly.
require("report")
