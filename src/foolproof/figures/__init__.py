"""All drawing: functions from arrays to figures, in one style."""
