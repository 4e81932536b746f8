"""List scheduling: policies, kernels, justification, and moves over the order of operations."""
