// Tells the server the browser's time zone where a form asks for it.
for (const input of document.querySelectorAll('[data-time-zone]')) input.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
