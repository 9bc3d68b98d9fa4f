"""Daily prices from Alpha Vantage: https://www.alphavantage.co/documentation/"""
