(function () {
  var kept = null;
  try {
    kept = localStorage.getItem('postern-color-scheme');
  } catch (e) {
    /* storage is switched off: follow the system */
  }
  var dark = kept === 'dark' || (kept !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
