"""A made-up CPA network inside the hub: a real HTTP service to try the whole way with, without an account anywhere."""
