// Before anything is painted: whether this device hides amounts. A cookie, since signing out empties the storage.
if (document.cookie.includes('hide-amounts=yes')) document.documentElement.classList.add('private');
