"""TikTok's Business API v1.3 as its clients see it: paths, envelope, codes, paging, limits."""
