(function(e){e.dataset.js="";try{["size","scheme"].forEach(function(k){var v=localStorage.getItem("broadsheet-"+k);if(v)e.dataset[k]=v})}catch(_){}})(document.documentElement)
