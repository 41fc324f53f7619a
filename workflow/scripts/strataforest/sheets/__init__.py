"""Read and check extraction sheets: from files as people type them to records with an address."""
