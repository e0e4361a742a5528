"""The Train page's parts: where data come from, what is trained, how runs are doing."""
