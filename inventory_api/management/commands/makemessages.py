from django.core.management.commands import makemessages

# The calls that describe pages, and the position of a text among their arguments. The pages translate these texts.
TITLES = ("PageColumn:2", "Mark:1", "Action:1", "PageLink:1", "Verb:1", "TableSection:2", "add:1", "remove:1")


class Command(makemessages.Command):
    help = "Collects the texts to translate, also those in the descriptions of pages."
    xgettext_options = [*makemessages.Command.xgettext_options, *(f"--keyword={title}" for title in TITLES)]
