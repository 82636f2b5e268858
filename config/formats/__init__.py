"""
How dates are written in each language: one module of named formats a language.

`{{ day|date:"WEEKDAY_FORMAT" }}` finds a name here first, then among Django's own.
"""

from django.utils.translation import gettext_noop as _

# Django's Chinese has no short weekdays. Named here they enter our catalogue, which goes before Django's.
SHORT_WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
