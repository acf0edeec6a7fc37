"""One durable store, queue and record of jobs, for all that works on what arrives: it knows steps, and no images."""
