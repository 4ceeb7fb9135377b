"""All SQL of the desk: functions of a connection that give back domain values."""
