-- GET one address with a token, again and again.
require("report")
