# `signal` without its enums, which cost a start two milliseconds; same names, same types.
from signal import *
