"""Legal clocks and the calendars they run by: started, changed, read back, expired, shown as iCalendar."""
