"""Files of other systems are recognised and mapped."""
