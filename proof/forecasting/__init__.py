"""What training and forecasting cost, at the size that the product promises."""
