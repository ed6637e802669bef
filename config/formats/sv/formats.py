"""Swedish formats as Swedes write them in reports: 31 aug 2025, 14 212, 4,87."""

from riskreg.numbers import DECIMAL_SIGN, GROUP_SIGN

DATE_FORMAT = "j F Y"
SHORT_DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "j F Y H.i"
SHORT_DATETIME_FORMAT = "Y-m-d H.i"
TIME_FORMAT = "H.i"
FIRST_DAY_OF_WEEK = 1
DECIMAL_SEPARATOR = DECIMAL_SIGN
THOUSAND_SEPARATOR = GROUP_SIGN
NUMBER_GROUPING = 3
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%y%m%d", "%Y%m%d"]
