"""Every English text of the window, in one place for translation, and how times are written."""

from monitor.views.texts.alarms import *
from monitor.views.texts.review import *
from monitor.views.texts.signals import *
from monitor.views.texts.window import *
from monitor.views.times import *
