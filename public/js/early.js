// Before anything is painted: whether this device hides amounts.
if (localStorage.getItem('hide-amounts') === 'yes') document.documentElement.classList.add('private');
